//! The matrix as it was written by hand: `tests/data/access-matrix.csv`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One cell: operation (perhaps with a variant after a colon), caller, object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cell {
    pub operation: String,
    pub caller: String,
    pub object: String,
}

/// What every cell must answer.
#[derive(Default)]
pub struct Oracle {
    pub cells: BTreeMap<Cell, String>,
    groups: HashMap<String, Vec<String>>,
}

impl Oracle {
    /// Reads the file; a cell that stands twice, an unknown group or status is a fault of the file.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
        let mut oracle = Self::default();
        for row in reader.records() {
            let row = row.map_err(|e| e.to_string())?;
            if &row[0] == "group" {
                let members = oracle.names(&row[2])?;
                oracle.groups.insert(row[1].to_owned(), members);
            } else {
                oracle.add(&row[0], &row[1], &row[2], &row[3])?;
            }
        }
        Ok(oracle)
    }

    fn names(&self, field: &str) -> Result<Vec<String>, String> {
        let mut names = Vec::new();
        for word in field.split_whitespace() {
            if word.starts_with('@') {
                names.extend(self.groups.get(word).ok_or_else(|| format!("no group {word}"))?.iter().cloned());
            } else {
                names.push(word.to_owned());
            }
        }
        if names.is_empty() { Err(format!("nothing in {field:?}")) } else { Ok(names) }
    }

    fn add(&mut self, operations: &str, callers: &str, objects: &str, status: &str) -> Result<(), String> {
        if !["2xx", "401", "403", "404", "409", "422"].contains(&status) {
            return Err(format!("no status {status:?}"));
        }
        let (callers, objects) = (self.names(callers)?, self.names(objects)?);
        for operation in self.names(operations)? {
            for caller in &callers {
                for object in &objects {
                    let cell = Cell { operation: operation.clone(), caller: caller.clone(), object: object.clone() };
                    if self.cells.insert(cell.clone(), status.to_owned()).is_some() {
                        return Err(format!("{cell:?} stands twice"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Cells that should be there and are not, and cells that nothing knows.
    pub fn gaps(&self, known: &BTreeSet<Cell>) -> Vec<String> {
        let listed: BTreeSet<Cell> = self.cells.keys().cloned().collect();
        let told = |what: &str, cell: &Cell| format!("{what}: {} {} {}", cell.operation, cell.caller, cell.object);
        let missing = known.difference(&listed).map(|c| told("nobody listed", c));
        missing.chain(listed.difference(known).map(|c| told("nothing answers to", c))).collect()
    }
}

/// `true` if `status` is of the class that the matrix names.
pub fn fits(expected: &str, status: u16) -> bool {
    if expected == "2xx" { (200..300).contains(&status) } else { expected == status.to_string() }
}

const HEADER: &str = "operations,callers,objects,status,why\n";

#[test]
fn the_matrix_refuses_a_cell_that_stands_twice_an_unknown_group_and_an_unknown_status() {
    let fault = |rows: &str| Oracle::read(&format!("{HEADER}{rows}")).err().unwrap_or_default();
    assert!(fault("read,a b,x,2xx,\nread,b,x y,404,\n").contains("stands twice"));
    assert!(fault("read,@who,x,2xx,\n").contains("no group @who"));
    assert!(fault("read,a,x,200,\n").contains("no status"));
    assert_eq!(fault("group,@g,a b,,\n# a remark\nread,@g c,x,2xx,\n"), "");
}

#[test]
fn a_cell_that_nobody_listed_and_a_row_without_operation_are_told() {
    let oracle = Oracle::read(&format!("{HEADER}read,a,x,2xx,\nwrite,a,x,2xx,\n")).ok().unwrap();
    let cell =
        |operation: &str, caller: &str| Cell { operation: operation.into(), caller: caller.into(), object: "x".into() };
    let known = BTreeSet::from([cell("read", "a"), cell("read", "b")]);
    assert_eq!(oracle.gaps(&known), ["nobody listed: read b x", "nothing answers to: write a x"]);
}

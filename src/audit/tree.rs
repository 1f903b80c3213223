//! The Merkle tree of RFC 9162, section 2.1: pure hashing, roots, inclusion proofs. Whoever asks for a root or a proof
//! says where the hashes of full subtrees come from.

use crate::error::Result;
use sha2::{Digest, Sha256};

/// A hash of a leaf, a node or a tree.
pub type Hash = [u8; 32];

/// Hash of an entry's bytes.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(leaf);
    hash.finalize().into()
}

/// Hash of a node over two others.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// Root of a tree without entries.
#[must_use]
pub fn empty() -> Hash {
    Sha256::digest([]).into()
}

/// A tree that only grows, kept as the roots of its full subtrees: at most 64 hashes.
#[derive(Debug, Clone, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A tree that has grown to `size` already; none if these can't be its full subtrees, the largest first.
    #[must_use]
    pub fn resume(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        let fits = u32::try_from(peaks.len()).is_ok_and(|count| count == size.count_ones());
        fits.then_some(Self { size, peaks })
    }

    /// Entries so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds an entry.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        // Each one at the end of the size is a full subtree that this entry completes.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// Gives the hash of the full subtree of `2^level` leaves at a position, counted in such subtrees.
pub type Nodes<'a> = dyn FnMut(u32, u64) -> Result<Hash> + 'a;

/// Root over the entries from `from` up to `to`, as it stands in the tree.
///
/// # Errors
/// What `nodes` returns.
pub fn root(from: u64, to: u64, nodes: &mut Nodes<'_>) -> Result<Hash> {
    let count = to.saturating_sub(from);
    if count == 0 {
        return Ok(empty());
    }
    if count.is_power_of_two() {
        return nodes(count.trailing_zeros(), from / count);
    }
    let middle = from + split(count);
    let left = root(from, middle, nodes)?;
    let right = root(middle, to, nodes)?;
    Ok(node_hash(&left, &right))
}

/// The hashes with which an entry's hash leads to the root of the first `size` entries (RFC 9162, 2.1.3.1).
///
/// # Errors
/// What `nodes` returns.
pub fn inclusion(index: u64, size: u64, nodes: &mut Nodes<'_>) -> Result<Vec<Hash>> {
    let (mut from, mut to, mut path) = (0, size, Vec::new());
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(root(middle, to, nodes)?);
            to = middle;
        } else {
            path.push(root(from, middle, nodes)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Does this proof lead from the entry to the root? (RFC 9162, 2.1.3.2)
#[must_use]
pub fn is_included(leaf: Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(other, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, other);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// The full subtrees of a tree of `size` entries, the largest first: what [`Frontier::resume`] takes.
///
/// # Errors
/// What `nodes` returns.
pub fn peaks(size: u64, nodes: &mut Nodes<'_>) -> Result<Vec<Hash>> {
    let levels = (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1);
    levels.map(|level| nodes(level, (size >> level) - 1)).collect()
}

/// The hashes that show that the tree of `from` entries is the beginning of the one of `to` (RFC 9162, 2.1.4.1); none
/// where there is nothing to show: between equal sizes, and from the empty tree.
///
/// # Errors
/// What `nodes` returns.
pub fn consistency(from: u64, to: u64, nodes: &mut Nodes<'_>) -> Result<Vec<Hash>> {
    let (mut first, mut last, mut path, mut is_whole) = (0, to, Vec::new(), true);
    if from == 0 || from >= to {
        return Ok(path);
    }
    while from != last {
        let middle = first + split(last - first);
        if from <= middle {
            path.push(root(middle, last, nodes)?);
            last = middle;
        } else {
            path.push(root(first, middle, nodes)?);
            (first, is_whole) = (middle, false);
        }
    }
    // Whoever asks has the root of the old tree; a part of it he is told.
    if !is_whole {
        path.push(root(first, last, nodes)?);
    }
    path.reverse();
    Ok(path)
}

/// Does this proof show that the tree of `from` entries is the beginning of that of `to`? (RFC 9162, 2.1.4.2)
#[must_use]
pub fn is_consistent(from: u64, to: u64, before: &Hash, after: &Hash, proof: &[Hash]) -> bool {
    if from == 0 || from >= to {
        return from <= to && proof.is_empty() && (from == 0 || before == after);
    }
    let mut rest = proof.iter();
    let begin = if from.is_power_of_two() { Some(before) } else { rest.next() };
    let Some(begin) = begin else { return false };
    let shift = (from - 1).trailing_ones();
    let (mut node, mut last) = ((from - 1) >> shift, (to - 1) >> shift);
    let (mut old, mut new) = (*begin, *begin);
    for other in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (old, new) = (node_hash(other, &old), node_hash(other, &new));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new = node_hash(&new, other);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && old == *before && new == *after
}

/// The largest power of two below `count`, which is above 1.
fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that fails may panic")]
mod tests {
    use super::*;
    use crate::access::token::hex;

    /// The entries that implementations of RFC 6962 and RFC 9162 share, and the roots over the first n of them.
    const ENTRIES: [&[u8]; 8] = [
        b"",
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];
    const ROOTS: [&str; 9] = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    fn nodes(leaves: &[Hash]) -> impl FnMut(u32, u64) -> Result<Hash> {
        move |level, at| {
            let (count, first) = (1_usize << level, usize::try_from(at).unwrap() << level);
            let mut all = leaves[first..first + count].to_vec();
            while all.len() > 1 {
                all = all.chunks(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
            }
            Ok(all[0])
        }
    }

    #[test]
    fn roots_are_those_of_the_shared_vectors_however_they_are_counted() {
        let leaves: Vec<Hash> = ENTRIES.iter().map(|e| leaf_hash(e)).collect();
        let mut frontier = Frontier::default();
        for (n, expected) in ROOTS.iter().enumerate() {
            assert_eq!(hex(&frontier.root()), *expected, "{n}");
            let counted = root(0, u64::try_from(n).unwrap(), &mut nodes(&leaves)).unwrap();
            assert_eq!(hex(&counted), *expected, "{n}");
            if let Some(leaf) = leaves.get(n) {
                frontier.push(*leaf);
            }
        }
    }

    #[test]
    fn the_proof_of_the_first_of_eight_is_that_of_the_shared_vectors() {
        let leaves: Vec<Hash> = ENTRIES.iter().map(|e| leaf_hash(e)).collect();
        let proof = inclusion(0, 8, &mut nodes(&leaves)).unwrap();
        assert_eq!(
            proof.iter().map(|h| hex(h)).collect::<Vec<_>>(),
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ]
        );
    }

    #[test]
    fn every_tree_up_to_40_is_shown_to_be_the_beginning_of_every_larger_one_and_of_no_other() {
        let leaves: Vec<Hash> = (0..40_u8).map(|n| leaf_hash(&[n])).collect();
        let top = |size| root(0, size, &mut nodes(&leaves)).unwrap();
        for to in 1..=40_u64 {
            for from in 1..to {
                let proof = consistency(from, to, &mut nodes(&leaves)).unwrap();
                assert!(is_consistent(from, to, &top(from), &top(to), &proof), "{from} {to}");
                assert!(!is_consistent(from, to, &top(from - 1), &top(to), &proof), "{from} {to}");
                assert!(!is_consistent(from, to, &top(from), &top(to - 1), &proof), "{from} {to}");
                let (_, short) = proof.split_last().unwrap();
                assert!(!is_consistent(from, to, &top(from), &top(to), short), "{from} {to}");
                let long = [proof.as_slice(), &[top(1)]].concat();
                assert!(!is_consistent(from, to, &top(from), &top(to), &long), "{from} {to}");
            }
            let again = Frontier::resume(to, peaks(to, &mut nodes(&leaves)).unwrap()).unwrap();
            assert_eq!(again.root(), top(to));
            assert!(is_consistent(to, to, &top(to), &top(to), &[]) && is_consistent(0, to, &empty(), &top(to), &[]));
            assert!(!is_consistent(to, to - 1, &top(to), &top(to - 1), &[]));
        }
        assert!(Frontier::resume(3, vec![empty()]).is_none());
    }

    // RFC 9162, 2.1.5: the example with seven entries.
    #[test]
    fn the_proofs_of_the_example_of_the_standard_are_as_it_names_them() {
        let leaves: Vec<Hash> = (0..7_u8).map(|n| leaf_hash(&[n])).collect();
        let at = |from, to| root(from, to, &mut nodes(&leaves)).unwrap();
        let proof = |from| consistency(from, 7, &mut nodes(&leaves)).unwrap();
        assert_eq!(proof(3), [at(2, 3), at(3, 4), at(0, 2), at(4, 7)]);
        assert_eq!(proof(4), [at(4, 7)]);
        assert_eq!(proof(6), [at(4, 6), at(6, 7), at(0, 4)]);
    }

    #[test]
    fn every_entry_of_every_tree_up_to_70_is_proven_and_nothing_else_is() {
        let leaves: Vec<Hash> = (0..70_u8).map(|n| leaf_hash(&[n])).collect();
        for size in 1..=70_u64 {
            let top = root(0, size, &mut nodes(&leaves)).unwrap();
            for index in 0..size {
                let leaf = leaves[usize::try_from(index).unwrap()];
                let proof = inclusion(index, size, &mut nodes(&leaves)).unwrap();
                assert!(is_included(leaf, index, size, &proof, &top));
                assert!(!is_included(leaf, index + 1, size, &proof, &top) || size == 1);
                assert!(!is_included(leaf_hash(b"x"), index, size, &proof, &top));
                if let Some((_, short)) = proof.split_last() {
                    assert!(!is_included(leaf, index, size, short, &top));
                }
            }
        }
    }
}

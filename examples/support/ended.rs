//! How a program ends that made a folder: without a fault it goes; else it stays for whoever looks into it.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// Tells what was wrong, if anything was, and where to look.
pub fn ended(outcome: Result<Vec<String>, String>, folder: &Path) -> ExitCode {
    let faults = outcome.unwrap_or_else(|error| vec![error]);
    faults.iter().take(20).for_each(|fault| println!("  {}", fault.chars().take(300).collect::<String>()));
    if faults.is_empty() {
        // Only tidying up: what stays behind does no harm.
        let _ = fs::remove_dir_all(folder);
        println!("ok");
        return ExitCode::SUCCESS;
    }
    println!("output and data: {}\nFAILED", folder.display());
    ExitCode::FAILURE
}

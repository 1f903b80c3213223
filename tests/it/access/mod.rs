mod leaks;
mod policy;
mod scope;

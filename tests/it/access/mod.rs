mod crawl;
mod leaks;
mod others;
mod people;
mod policy;
mod scope;

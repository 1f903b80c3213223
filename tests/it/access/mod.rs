mod crawl;
mod leaks;
mod others;
mod policy;
mod scope;

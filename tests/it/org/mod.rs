//! Regions, organisations, people, roles and services, kept by their administrator.

mod addresses;
mod closing;
mod coverage;
mod imports;
mod moving;
mod opds;
mod people;
mod region_facts;
mod regions;
mod roles;
mod services;

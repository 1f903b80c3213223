DROP INDEX tickets_region_updated;

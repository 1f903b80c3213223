DROP INDEX inbound_mails_kept;

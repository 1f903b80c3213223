-- What came in is forgotten after some days: those that are due are found without a look at all that were ever received.
CREATE INDEX inbound_mails_kept ON inbound_mails (state, acted_at) WHERE raw IS NOT NULL;

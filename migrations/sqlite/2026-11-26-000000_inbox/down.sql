DROP TABLE mail_bounces;
DROP TABLE inbound_mails;

DROP TABLE request_event
--;
DROP TABLE received_file
--;
DROP TABLE consent_event
--;
DROP TABLE share
--;
DROP TABLE request
--;
DROP TABLE credential
--;
DROP TABLE consent
--;
DROP TABLE camera
--;
DROP TABLE recorder
--;
DROP TABLE authority
--;
DROP TABLE submission
--;
DROP TABLE site
--;
DROP TABLE review
--;
DROP TABLE fee_tier
--;
DROP TABLE contact
--;
DROP TABLE prospect
--;
DROP TABLE privacy_zone
--;
DROP TABLE owner
--;
DROP TABLE meta
--;
DROP TABLE fee_plan
--;
DROP TABLE call
--;
DROP TABLE audit_entry
--;
DROP TABLE app_user
--;
DROP FUNCTION audit_entry_refuse
--;
DROP FUNCTION audit_entry_follow

CREATE TRIGGER submissions_no_change BEFORE UPDATE OR DELETE ON submissions FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER submissions_no_truncate BEFORE TRUNCATE ON submissions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER applications_frozen BEFORE UPDATE OF enterprise_id, scheme_version_id, window_id, voucher_kind, number ON applications
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER applications_no_delete BEFORE DELETE ON applications FOR EACH ROW EXECUTE FUNCTION refuse_change();

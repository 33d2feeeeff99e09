CREATE TRIGGER case_duties_no_change BEFORE UPDATE OR DELETE ON case_duties FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER case_duties_no_truncate BEFORE TRUNCATE ON case_duties FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER case_duties_no_delete BEFORE DELETE ON case_duties FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
-- The one change there is: a duty held without a part is narrowed to one, once.
CREATE TRIGGER case_duties_no_update BEFORE UPDATE ON case_duties FOR EACH ROW
    WHEN (NOT (OLD.part = '' AND NEW.part <> '' AND NEW.case_id = OLD.case_id AND NEW.person_id = OLD.person_id
               AND NEW.duty = OLD.duty AND NEW.since = OLD.since)) EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER case_duties_no_truncate BEFORE TRUNCATE ON case_duties FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The one change there is: a duty held without a part is narrowed to one, once.
CREATE TRIGGER case_duties_no_update BEFORE UPDATE ON case_duties
WHEN NOT (OLD.part = '' AND NEW.part <> '' AND NEW.case_id = OLD.case_id AND NEW.person_id = OLD.person_id
          AND NEW.duty = OLD.duty AND NEW.since = OLD.since)
BEGIN SELECT RAISE(ABORT, 'case_duties are append-only'); END;
--;;
CREATE TRIGGER case_duties_no_delete BEFORE DELETE ON case_duties
BEGIN SELECT RAISE(ABORT, 'case_duties are append-only'); END;

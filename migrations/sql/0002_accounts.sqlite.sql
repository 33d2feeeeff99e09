CREATE TRIGGER case_duties_no_update BEFORE UPDATE ON case_duties
BEGIN SELECT RAISE(ABORT, 'case_duties are append-only'); END;
--;;
CREATE TRIGGER case_duties_no_delete BEFORE DELETE ON case_duties
BEGIN SELECT RAISE(ABORT, 'case_duties are append-only'); END;

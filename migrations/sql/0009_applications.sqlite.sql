CREATE TRIGGER submissions_no_update BEFORE UPDATE ON submissions
BEGIN SELECT RAISE(ABORT, 'submissions are append-only'); END;
--;;
CREATE TRIGGER submissions_no_delete BEFORE DELETE ON submissions
BEGIN SELECT RAISE(ABORT, 'submissions are append-only'); END;
--;;
CREATE TRIGGER applications_frozen BEFORE UPDATE OF enterprise_id, scheme_version_id, window_id, voucher_kind, number ON applications
BEGIN SELECT RAISE(ABORT, 'applications: what was decided is frozen'); END;
--;;
CREATE TRIGGER applications_no_delete BEFORE DELETE ON applications
BEGIN SELECT RAISE(ABORT, 'applications are never deleted'); END;

CREATE TRIGGER certificates_frozen BEFORE UPDATE OF number, voucher_id, token, file_id, sha256 ON certificates WHEN OLD.file_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'certificates: what was decided is frozen'); END;

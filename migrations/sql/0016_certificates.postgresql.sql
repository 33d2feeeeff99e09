CREATE TRIGGER certificates_frozen BEFORE UPDATE OF number, voucher_id, token, file_id, sha256 ON certificates
    FOR EACH ROW WHEN (OLD.file_id IS NOT NULL) EXECUTE FUNCTION refuse_change();

CREATE TRIGGER stored_files_frozen BEFORE UPDATE OF sha256, size, kind, name, owner_organisation_id, owner_office_id, archive_class, retention_start, uploaded_by, uploaded_at ON stored_files
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER scheme_versions_frozen BEFORE UPDATE OF source, content, content_hash, scheme_id, number ON scheme_versions
    FOR EACH ROW WHEN (OLD.state NOT IN ('draft', 'checked')) EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER scheme_versions_no_delete BEFORE DELETE ON scheme_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();

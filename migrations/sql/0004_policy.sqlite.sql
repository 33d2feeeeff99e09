CREATE TRIGGER scheme_versions_frozen BEFORE UPDATE OF source, content, content_hash, scheme_id, number ON scheme_versions WHEN OLD.state NOT IN ('draft', 'checked')
BEGIN SELECT RAISE(ABORT, 'scheme_versions: what was decided is frozen'); END;
--;;
CREATE TRIGGER scheme_versions_no_delete BEFORE DELETE ON scheme_versions
BEGIN SELECT RAISE(ABORT, 'scheme_versions are never deleted'); END;

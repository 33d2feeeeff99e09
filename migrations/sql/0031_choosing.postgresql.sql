CREATE TRIGGER scores_kept BEFORE UPDATE OR DELETE ON scores FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER rankings_kept BEFORE UPDATE OR DELETE ON rankings FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER ranking_entries_kept BEFORE UPDATE OR DELETE ON ranking_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER lot_draws_frozen BEFORE UPDATE OF window_id, commitment, source, secret ON lot_draws
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER lot_draws_no_delete BEFORE DELETE ON lot_draws FOR EACH ROW EXECUTE FUNCTION refuse_change();

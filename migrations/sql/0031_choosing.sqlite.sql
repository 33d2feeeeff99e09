CREATE TRIGGER scores_no_update BEFORE UPDATE ON scores BEGIN SELECT RAISE(ABORT, 'scores never change'); END;
--;;
CREATE TRIGGER scores_no_delete BEFORE DELETE ON scores BEGIN SELECT RAISE(ABORT, 'scores are never deleted'); END;
--;;
CREATE TRIGGER rankings_no_update BEFORE UPDATE ON rankings BEGIN SELECT RAISE(ABORT, 'rankings never change'); END;
--;;
CREATE TRIGGER rankings_no_delete BEFORE DELETE ON rankings BEGIN SELECT RAISE(ABORT, 'rankings are never deleted'); END;
--;;
CREATE TRIGGER ranking_entries_no_update BEFORE UPDATE ON ranking_entries BEGIN SELECT RAISE(ABORT, 'ranking_entries never change'); END;
--;;
CREATE TRIGGER ranking_entries_no_delete BEFORE DELETE ON ranking_entries BEGIN SELECT RAISE(ABORT, 'ranking_entries are never deleted'); END;
--;;
CREATE TRIGGER lot_draws_frozen BEFORE UPDATE OF window_id, commitment, source, secret ON lot_draws
BEGIN SELECT RAISE(ABORT, 'lot_draws: what was committed to is frozen'); END;
--;;
CREATE TRIGGER lot_draws_no_delete BEFORE DELETE ON lot_draws BEGIN SELECT RAISE(ABORT, 'lot_draws are never deleted'); END;

CREATE TRIGGER payment_lines_frozen BEFORE UPDATE OF scheme_id, layer, payee_id, paying_office_id, amount, is_rehearsal ON payment_lines
BEGIN SELECT RAISE(ABORT, 'payment_lines: what was decided is frozen'); END;
--;;
CREATE TRIGGER payment_items_no_update BEFORE UPDATE ON payment_items
BEGIN SELECT RAISE(ABORT, 'payment_items are append-only'); END;
--;;
CREATE TRIGGER payment_items_no_delete BEFORE DELETE ON payment_items
BEGIN SELECT RAISE(ABORT, 'payment_items are append-only'); END;
--;;
CREATE TRIGGER payment_attempts_fit BEFORE INSERT ON payment_attempts
WHEN NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = NEW.batch_id AND b.state = 'open')
  OR EXISTS (SELECT 1 FROM payment_lines l WHERE l.id = NEW.line_id AND l.is_rehearsal)
BEGIN SELECT RAISE(ABORT, 'payment_attempts: only open batches take lines, and no rehearsal ever'); END;
--;;
CREATE TRIGGER payment_attempts_kept BEFORE DELETE ON payment_attempts
WHEN NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = OLD.batch_id AND b.state = 'open')
BEGIN SELECT RAISE(ABORT, 'payment_attempts: a batch that is locked keeps its lines'); END;
--;;
CREATE TRIGGER payment_attempts_frozen BEFORE UPDATE OF line_id, batch_id, number, bank_reference ON payment_attempts WHEN OLD.bank_reference IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'payment_attempts: what was decided is frozen'); END;

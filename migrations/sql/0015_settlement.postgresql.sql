CREATE TRIGGER payment_lines_frozen BEFORE UPDATE OF scheme_id, layer, payee_id, paying_office_id, amount, is_rehearsal ON payment_lines
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER payment_items_no_change BEFORE UPDATE OR DELETE ON payment_items FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER payment_items_no_truncate BEFORE TRUNCATE ON payment_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE FUNCTION payment_attempts_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = NEW.batch_id AND b.state = 'open')
        OR EXISTS (SELECT 1 FROM payment_lines l WHERE l.id = NEW.line_id AND l.is_rehearsal) THEN
        RAISE EXCEPTION 'payment_attempts: only open batches take lines, and no rehearsal ever' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
--;;
CREATE TRIGGER payment_attempts_fit BEFORE INSERT ON payment_attempts FOR EACH ROW EXECUTE FUNCTION payment_attempts_fit();
--;;
CREATE FUNCTION payment_attempts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM batches b WHERE b.id = OLD.batch_id AND b.state = 'open') THEN
        RAISE EXCEPTION 'payment_attempts: a batch that is locked keeps its lines' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
END $$;
--;;
CREATE TRIGGER payment_attempts_kept BEFORE DELETE ON payment_attempts FOR EACH ROW EXECUTE FUNCTION payment_attempts_kept();
--;;
CREATE TRIGGER payment_attempts_frozen BEFORE UPDATE OF line_id, batch_id, number, bank_reference ON payment_attempts
    FOR EACH ROW WHEN (OLD.bank_reference IS NOT NULL) EXECUTE FUNCTION refuse_change();

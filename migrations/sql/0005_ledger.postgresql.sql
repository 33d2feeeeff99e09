-- A transfer writes both balances; the CHECK on the account is the limit. Accounts are locked in one order.
CREATE FUNCTION transfers_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM ledger_accounts d JOIN ledger_accounts c ON c.id = NEW.credit_id
        WHERE d.id = NEW.debit_id AND d.unit = NEW.unit AND c.unit = NEW.unit
          AND NEW.kind || ':' || d.kind || ':' || c.kind IN (
        'appropriate:grant:envelope',
        'reduce_envelope:envelope:grant',
        'issue:envelope:voucher',
        'hold:voucher:held',
        'release:held:voucher',
        'release_ended:held:envelope',
        'assign:held:held',
        'redeem:held:payable',
        'pay:payable:paid',
        'refused_payment:paid:payable',
        'recover:paid:envelope',
        'expire:voucher:envelope',
        'void:voucher:envelope',
        'allot:treasury:indicator',
        'cut:indicator:treasury',
        'spend:indicator:spent',
        'unspend:spent:indicator',
        'return_to_treasury:spent:treasury',
        'open_quota:allowance:quota',
        'draw_quota:quota:drawn',
        'return_quota:drawn:quota')) THEN
        RAISE EXCEPTION 'transfers: the kind does not join these accounts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
--;;
CREATE TRIGGER transfers_fit BEFORE INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION transfers_fit();
--;;
CREATE FUNCTION transfers_post() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_accounts WHERE id IN (NEW.debit_id, NEW.credit_id) ORDER BY id FOR UPDATE;
    UPDATE ledger_accounts SET balance = balance - NEW.amount WHERE id = NEW.debit_id;
    UPDATE ledger_accounts SET balance = balance + NEW.amount WHERE id = NEW.credit_id;
    RETURN NULL;
END $$;
--;;
CREATE TRIGGER transfers_post AFTER INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION transfers_post();
--;;
CREATE TRIGGER transfers_no_change BEFORE UPDATE OR DELETE ON transfers FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER ledger_accounts_identity BEFORE UPDATE OF id, name, kind, unit, scheme_id, voucher_kind, layer, party, subject, period
    ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER ledger_accounts_balance BEFORE UPDATE OF balance ON ledger_accounts
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_change();
--;;
CREATE FUNCTION ledger_accounts_begin_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a ledger account begins with nothing' USING ERRCODE = 'check_violation';
END $$;
--;;
CREATE TRIGGER ledger_accounts_begin_empty BEFORE INSERT ON ledger_accounts
    FOR EACH ROW WHEN (NEW.balance <> 0) EXECUTE FUNCTION ledger_accounts_begin_empty();
--;;
CREATE TRIGGER finance_documents_frozen BEFORE UPDATE OF kind, scheme_id, voucher_kind, layer, number, amount, paying_office_id, fiscal_year, recorded_by_id ON finance_documents
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

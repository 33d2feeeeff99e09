-- A transfer writes both balances; the CHECK on the account is the limit.
CREATE TRIGGER transfers_fit BEFORE INSERT ON transfers
WHEN NOT EXISTS (
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
        'return_quota:drawn:quota'))
BEGIN SELECT RAISE(ABORT, 'transfers: the kind does not join these accounts'); END;
--;;
CREATE TRIGGER transfers_post AFTER INSERT ON transfers
BEGIN
    UPDATE ledger_accounts SET balance = balance - NEW.amount WHERE id = NEW.debit_id;
    UPDATE ledger_accounts SET balance = balance + NEW.amount WHERE id = NEW.credit_id;
END;
--;;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
--;;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers are append-only'); END;
--;;
CREATE TRIGGER ledger_accounts_no_delete BEFORE DELETE ON ledger_accounts
BEGIN SELECT RAISE(ABORT, 'ledger accounts are never deleted'); END;
--;;
CREATE TRIGGER ledger_accounts_identity BEFORE UPDATE OF id, name, kind, unit, scheme_id, voucher_kind, layer, party, subject, period ON ledger_accounts
BEGIN SELECT RAISE(ABORT, 'what a ledger account is never changes'); END;
--;;
CREATE TRIGGER ledger_accounts_begin_empty BEFORE INSERT ON ledger_accounts WHEN NEW.balance <> 0
BEGIN SELECT RAISE(ABORT, 'a ledger account begins with nothing'); END;
--;;
CREATE TRIGGER finance_documents_frozen BEFORE UPDATE OF kind, scheme_id, voucher_kind, layer, number, amount, paying_office_id, fiscal_year, recorded_by_id ON finance_documents
BEGIN SELECT RAISE(ABORT, 'finance_documents: what was decided is frozen'); END;

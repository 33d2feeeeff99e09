-- Units that nobody can order any more leave the account of their voucher.
CREATE OR REPLACE FUNCTION transfers_fit() RETURNS trigger LANGUAGE plpgsql AS $$
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
        'unredeem:payable:held',
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
        'return_quota:drawn:quota',
        'close_quota:quota:allowance')) THEN
        RAISE EXCEPTION 'transfers: the kind does not join these accounts' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
--;;
DROP TRIGGER vouchers_frozen ON vouchers;
--;;
CREATE TRIGGER vouchers_frozen BEFORE UPDATE OF number, code, application_id, enterprise_id, scheme_version_id, voucher_kind, face, units, unit, valid_from, valid_until ON vouchers
FOR EACH ROW EXECUTE FUNCTION refuse_change();

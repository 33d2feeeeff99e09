DROP TRIGGER transfers_fit;
--;;
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
        'return_quota:drawn:quota'))
BEGIN SELECT RAISE(ABORT, 'transfers: the kind does not join these accounts'); END;
--;;
DROP TRIGGER vouchers_frozen;
--;;
CREATE TRIGGER vouchers_frozen BEFORE UPDATE OF number, code, application_id, enterprise_id, scheme_version_id, voucher_kind, face, valid_from, valid_until ON vouchers
BEGIN SELECT RAISE(ABORT, 'vouchers: what was decided is frozen'); END;

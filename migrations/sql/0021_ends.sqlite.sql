CREATE TRIGGER red_letters_frozen BEFORE UPDATE OF key, original_key, seller_uscc, issued_on, net, tax, gross, file_id ON red_letters
BEGIN SELECT RAISE(ABORT, 'red_letters: what is on record is frozen'); END;
--;;
CREATE TRIGGER red_letters_no_delete BEFORE DELETE ON red_letters
BEGIN SELECT RAISE(ABORT, 'red_letters are never deleted'); END;

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from tests.shop import shop
from users.models import CustomUser


class PasswordTests(SimpleTestCase):
    def assert_refused(self, password, code):
        with self.assertRaises(ValidationError) as caught:
            validate_password(password, CustomUser(email="ada.lovelace@example.com"))
        self.assertIn(code, [error.code for error in caught.exception.error_list])

    def assert_accepted(self, password):
        validate_password(password, CustomUser(email="ada.lovelace@example.com"))

    def test_ten_characters_are_enough_and_nine_are_not(self):
        self.assert_accepted("vxkqzwmjpf")
        self.assert_refused("vxkqzwmjp", "password_too_short")

    def test_no_kind_of_character_is_demanded_and_length_is_free(self):
        for password in ("vxkq zwmj pfgh", "日本語のながいながいことば", "q" * 30 + "w" * 34, "walk " * 100):
            with self.subTest(password):
                self.assert_accepted(password)

    def test_common_passwords_are_refused(self):
        for password in ("1234567890", "qwertyuiop", "Password123"):
            with self.subTest(password):
                self.assert_refused(password, "password_too_common")

    def test_the_reader_s_own_address_is_refused(self):
        self.assert_refused("ada.lovelace", "password_too_similar")

    def test_little_more_than_words_of_the_shop_is_refused(self):
        for password in ("Bookstore2026", "bookstore-books", "My-Book-Shop!!", "__library__99"):
            with self.subTest(password):
                self.assert_refused(password, "password_of_shop_words")

    def test_so_is_the_name_that_staff_gave_it(self):
        with self.settings(SHOP=shop(name="Salt & Paper")):
            self.assert_refused("salt+paper-26", "password_of_shop_words")
            self.assert_refused("Salt & Paper!", "password_of_shop_words")
        with self.settings(SHOP=shop(name="***")):
            self.assert_accepted("salt+paper-26")

    def test_a_sentence_with_a_word_of_the_shop_is_accepted(self):
        self.assert_accepted("three books by candlelight")

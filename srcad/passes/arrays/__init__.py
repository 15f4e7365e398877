"""Operations on whole arrays become loops over their elements."""

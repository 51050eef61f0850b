"""What is put to respondents and what their answers are held against: typed, validated, hashed."""

"""What is set beside what: evoked against baseline, and a respondent's change against people's."""

"""qabot knows what people in a council's quality-assurance programme owe one another and by when."""

__version__ = "0.1.0"

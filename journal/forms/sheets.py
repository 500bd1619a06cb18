"""The form of a module's page."""

from django import forms


class SheetActForm(forms.Form):
    """What is done: the lead closes, a keeper confirms one of his journals (`journal`)."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("close", "confirm")])
    journal = forms.IntegerField(required=False, min_value=1)

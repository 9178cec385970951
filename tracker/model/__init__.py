"""The frozen vocabulary that passes between rooms: values only, no behaviour of any framework."""

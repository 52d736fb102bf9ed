"""The watch: what is known now of each assistant, and the incidents that follow from it."""

"""What people type: fields that refuse what cannot be kept, and forms that two people edit."""

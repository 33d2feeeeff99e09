"""演示: people, organisations and cases in every state, all acts through the services, for a first look."""

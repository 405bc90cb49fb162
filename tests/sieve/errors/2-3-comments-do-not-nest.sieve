/* a /* b */ c */ keep;

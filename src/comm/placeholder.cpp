// replaced when the room's first source arrives

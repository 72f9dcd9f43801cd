"""What is said to CometAPI, what an answer means, and how a result is fetched."""

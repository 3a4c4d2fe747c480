DROP TABLE health_span
--;
DROP TABLE health
--;
DROP TABLE picture_mask
--;
DROP TABLE feed

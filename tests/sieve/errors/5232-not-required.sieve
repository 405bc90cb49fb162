addflag "a";

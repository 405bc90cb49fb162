require ["duplicate", "fileinto", "variables"];
if duplicate :handle "h15" :seconds 100 {
	fileinto "D15";
}

package main

// Tags that are written, by ExifTool's names; behind the equals sign is the kind of the value: nothing for a text, or
// options between bars.

var exifTags = []string{
	"IFD0:ImageDescription", "IFD0:Make", "IFD0:Model", "IFD0:Orientation#=1|2|3|6|8", "IFD0:XResolution=ratio", "IFD0:YResolution=ratio",
	"IFD0:ResolutionUnit#=2|3", "IFD0:Software", "IFD0:ModifyDate=date", "IFD0:Artist", "IFD0:Copyright", "IFD0:HostComputer", "IFD0:DocumentName",
	"IFD0:PageName", "IFD0:Rating#=1|5", "IFD0:RatingPercent#=25|99", "IFD0:XPTitle", "IFD0:XPComment", "IFD0:XPAuthor", "IFD0:XPKeywords",
	"IFD0:XPSubject", "IFD0:ProcessingSoftware", "IFD0:WhitePoint=0.3127 0.329", "IFD0:YCbCrPositioning#=1|2",
	"ExifIFD:ExposureTime=ratio", "ExifIFD:FNumber=ratio", "ExifIFD:ExposureProgram#=0|2|8", "ExifIFD:ISO=100|6400|51200",
	"ExifIFD:SensitivityType#=0|2", "ExifIFD:DateTimeOriginal=date", "ExifIFD:CreateDate=date", "ExifIFD:OffsetTime=+02:00|-07:00|Z",
	"ExifIFD:OffsetTimeOriginal=+01:00", "ExifIFD:ShutterSpeedValue=0.004|2", "ExifIFD:ApertureValue=2.8|11", "ExifIFD:BrightnessValue=-1.5|4.25",
	"ExifIFD:ExposureCompensation=-0.667|1.33", "ExifIFD:MaxApertureValue=1.8|4", "ExifIFD:SubjectDistance=ratio", "ExifIFD:MeteringMode#=1|5",
	"ExifIFD:LightSource#=0|9", "ExifIFD:Flash#=0|16|25", "ExifIFD:FocalLength=ratio", "ExifIFD:SubjectArea=100 200 30 40", "ExifIFD:UserComment",
	"ExifIFD:SubSecTime=serial", "ExifIFD:SubSecTimeOriginal=12", "ExifIFD:ColorSpace#=1|65535", "ExifIFD:FocalPlaneXResolution=ratio",
	"ExifIFD:FocalPlaneResolutionUnit#=2|3", "ExifIFD:SensingMethod#=2", "ExifIFD:FileSource#=3", "ExifIFD:SceneType#=1",
	"ExifIFD:CustomRendered#=0|1", "ExifIFD:ExposureMode#=0|1", "ExifIFD:WhiteBalance#=0|1", "ExifIFD:DigitalZoomRatio=ratio",
	"ExifIFD:FocalLengthIn35mmFormat=24|200", "ExifIFD:SceneCaptureType#=0|2", "ExifIFD:GainControl#=0|1", "ExifIFD:Contrast#=0|2",
	"ExifIFD:Saturation#=0|1", "ExifIFD:Sharpness#=0|2", "ExifIFD:ImageUniqueID=0123456789abcdef0123456789abcdef", "ExifIFD:OwnerName",
	"ExifIFD:SerialNumber=serial", "ExifIFD:LensInfo=24 70 2.8 2.8|50 50 1.4 1.4", "ExifIFD:LensMake", "ExifIFD:LensModel", "ExifIFD:LensSerialNumber=serial",
	"ExifIFD:Gamma=2.2", "ExifIFD:AmbientTemperature=-12.5|23", "ExifIFD:Humidity=ratio", "ExifIFD:WaterDepth=-3.5", "ExifIFD:RelatedSoundFile=a.wav",
	"ExifIFD:SpectralSensitivity", "ExifIFD:ImageHistory", "ExifIFD:CompositeImage#=1|2", "InteropIFD:InteropIndex=R98|R03",
	"GPS:GPSLatitude=degrees", "GPS:GPSLatitudeRef=N|S", "GPS:GPSLongitude=degrees", "GPS:GPSLongitudeRef=E|W", "GPS:GPSAltitude=ratio",
	"GPS:GPSAltitudeRef#=0|1", "GPS:GPSTimeStamp=12:34:56|01:02:03.5", "GPS:GPSDateStamp=day", "GPS:GPSSatellites=7", "GPS:GPSStatus#=A|V",
	"GPS:GPSMeasureMode#=2|3", "GPS:GPSDOP=ratio", "GPS:GPSSpeedRef#=K", "GPS:GPSSpeed=ratio", "GPS:GPSTrackRef#=T", "GPS:GPSTrack=ratio",
	"GPS:GPSImgDirectionRef#=M", "GPS:GPSImgDirection=ratio", "GPS:GPSMapDatum=WGS-84", "GPS:GPSDestLatitude=degrees", "GPS:GPSDestLatitudeRef=N",
	"GPS:GPSDestLongitude=degrees", "GPS:GPSDestLongitudeRef=E", "GPS:GPSProcessingMethod=GPS|fused", "GPS:GPSAreaInformation",
	"GPS:GPSDifferential#=0|1", "GPS:GPSHPositioningError=ratio",
}

var iptcTags = []string{
	"IPTC:ObjectName", "IPTC:EditStatus", "IPTC:Urgency=1|5", "IPTC:Category=SPO", "IPTC:SupplementalCategories", "IPTC:FixtureIdentifier",
	"IPTC:Keywords", "IPTC:Keywords", "IPTC:Keywords", "IPTC:ContentLocationCode=FRA", "IPTC:ContentLocationName", "IPTC:ReleaseDate=day",
	"IPTC:SpecialInstructions", "IPTC:ReferenceService=abc", "IPTC:ReferenceNumber=12345678", "IPTC:DateCreated=day", "IPTC:TimeCreated=12:34:56+01:00",
	"IPTC:DigitalCreationDate=day", "IPTC:OriginatingProgram", "IPTC:ProgramVersion=1.0", "IPTC:ObjectCycle=a|b", "IPTC:By-line", "IPTC:By-lineTitle",
	"IPTC:City", "IPTC:Sub-location", "IPTC:Province-State", "IPTC:Country-PrimaryLocationCode=FRA", "IPTC:Country-PrimaryLocationName",
	"IPTC:OriginalTransmissionReference", "IPTC:Headline", "IPTC:Credit", "IPTC:Source", "IPTC:CopyrightNotice", "IPTC:Contact",
	"IPTC:Caption-Abstract", "IPTC:LocalCaption", "IPTC:Writer-Editor", "IPTC:ImageOrientation=L", "IPTC:LanguageIdentifier=fr",
	"IPTC:JobID=12", "IPTC:MasterDocumentID=34", "IPTC:UniqueDocumentID=56", "IPTC:OwnerID=78", "IPTC:DocumentNotes", "IPTC:DocumentHistory",
	"IPTC:EnvelopeNumber=00000001", "IPTC:ServiceIdentifier=abc", "IPTC:EnvelopePriority=3", "IPTC:Destination=there", "IPTC:DateSent=day",
	"IPTC:UniqueObjectName=abcdefghijklmnop",
}

var xmpTags = []string{
	"XMP-dc:Title", "XMP-dc:Title-fr", "XMP-dc:Title-de-CH", "XMP-dc:Creator", "XMP-dc:Creator", "XMP-dc:Subject", "XMP-dc:Subject", "XMP-dc:Subject",
	"XMP-dc:Description", "XMP-dc:Rights", "XMP-dc:Source", "XMP-dc:Publisher", "XMP-dc:Identifier", "XMP-dc:Language=fr",
	"XMP-xmp:CreatorTool", "XMP-xmp:CreateDate=date", "XMP-xmp:ModifyDate=date", "XMP-xmp:Rating=1|5", "XMP-xmp:Label", "XMP-xmp:Nickname",
	"XMP-xmpRights:Marked=True|False", "XMP-xmpRights:UsageTerms", "XMP-xmpRights:WebStatement=https://example.com/a?b=c&d", "XMP-xmpRights:Owner",
	"XMP-xmpMM:DocumentID=xmp.did:1", "XMP-xmpMM:InstanceID=xmp.iid:2", "XMP-xmpMM:HistoryAction=created", "XMP-xmpMM:HistoryWhen=date",
	"XMP-xmpMM:HistorySoftwareAgent", "XMP-xmpMM:DerivedFromDocumentID=xmp.did:0", "XMP-photoshop:Credit", "XMP-photoshop:Headline", "XMP-photoshop:City",
	"XMP-photoshop:State", "XMP-photoshop:Country", "XMP-photoshop:CaptionWriter", "XMP-photoshop:AuthorsPosition", "XMP-photoshop:Instructions",
	"XMP-photoshop:DateCreated=date", "XMP-iptcCore:Location", "XMP-iptcCore:CountryCode=FR", "XMP-iptcCore:Scene=010100",
	"XMP-iptcCore:CreatorWorkEmail=zoe@example.com", "XMP-iptcCore:CreatorWorkTelephone=+33 6 12 34 56 78", "XMP-iptcCore:CreatorAddress",
	"XMP-iptcCore:CreatorCity", "XMP-iptcCore:AltTextAccessibility", "XMP-iptcExt:PersonInImage", "XMP-iptcExt:PersonInImage",
	"XMP-iptcExt:LocationShownCity", "XMP-iptcExt:LocationShownSublocation", "XMP-iptcExt:LocationCreatedCity", "XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia",
	"XMP-iptcExt:ModelAge=25", "XMP-iptcExt:AddlModelInfo", "XMP-iptcExt:Event", "XMP-iptcExt:ArtworkTitle", "XMP-iptcExt:ArtworkCreator",
	"XMP-iptcExt:ProductName", "XMP-iptcExt:PersonInImageName", "XMP-iptcExt:MaxAvailWidth=4000", "XMP-plus:ModelReleaseStatus=None|Not Applicable",
	"XMP-plus:PropertyReleaseStatus=None", "XMP-plus:MinorModelAgeDisclosure=Age Unknown", "XMP-plus:LicensorName", "XMP-plus:LicensorEmail=l@example.com",
	"XMP-plus:LicensorTelephone1=+1 877 646 5375", "XMP-plus:ImageCreatorName", "XMP-plus:CopyrightOwnerName", "XMP-exif:GPSLatitude=degrees",
	"XMP-exif:GPSLongitude=degrees", "XMP-exif:UserComment", "XMP-exif:Flash={Fired=true,Mode=1}", "XMP-exif:ISO=100", "XMP-exif:DateTimeOriginal=date",
	"XMP-tiff:Make", "XMP-tiff:Orientation#=1", "XMP-aux:SerialNumber=serial", "XMP-aux:LensSerialNumber=serial", "XMP-aux:OwnerName", "XMP-aux:Lens",
	"XMP-exifEX:SerialNumber=serial", "XMP-exifEX:OwnerName", "XMP-lr:HierarchicalSubject=a|b", "XMP-crs:RawFileName=a.CR2", "XMP-crs:ToneCurve=0, 0",
	"XMP-mwg-rs:RegionInfo={RegionList=[{Name=Ana,Type=Face,Area={X=0.5,Y=0.4,W=0.2,H=0.3,Unit=normalized}}]}",
	"XMP-MP:RegionInfoMP={Regions=[{Rectangle=0.1\\, 0.2\\, 0.3\\, 0.4,PersonDisplayName=Bea}]}", "XMP-GPano:ProjectionType=equirectangular",
	"XMP-digiKam:TagsList=People/Ana", "XMP-mwg-kw:KeywordInfo={Hierarchy=[{Keyword=a,Children=[{Keyword=b}]}]}", "XMP-cc:License=https://creativecommons.org/licenses/by/4.0/",
	"XMP-microsoft:CameraSerialNumber=serial", "XMP-pdf:Keywords", "XMP-xmpDM:Scene", "XMP-mediapro:People", "XMP-acdsee:Author", "XMP-prism:EventName",
}

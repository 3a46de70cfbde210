namespace KmsTools;

/// <summary>Tests at tokens run one after the other: SoftHSM makes tokens in one slot list.</summary>
[CollectionDefinition("SoftHSM")]
public sealed class SoftHsmCollection;

namespace KmsTools;

/// <content>Where the store is.</content>
public sealed partial class KmsEngine
{
    /// <summary>Where the store is, for people: its folder, or the database of a shared store, with nothing secret.</summary>
    public string Location => Store.Location;

    /// <summary>Whether several machines share the store. Its folder is then only for what this machine has.</summary>
    public bool IsShared => Store.IsShared;
}

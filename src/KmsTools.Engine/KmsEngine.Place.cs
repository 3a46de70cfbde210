namespace KmsTools;

/// <content>Where the store is.</content>
public sealed partial class KmsEngine
{
    /// <summary>The folder of the store. Of a shared store: the folder for what only this machine has.</summary>
    public string Folder => Store.Folder;

    /// <summary>Where the store is, for people: its folder, or the database of a shared store, with nothing secret.</summary>
    public string Location => Store.Location;

    /// <summary>Whether several machines share the store. Its folder is then only for what this machine has.</summary>
    public bool IsShared => Store.IsShared;

    /// <summary>Whether the store is deleted when the engine is disposed.</summary>
    public bool IsTemporary => Store.IsTemporary;
}

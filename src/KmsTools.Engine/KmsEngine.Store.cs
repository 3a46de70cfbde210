namespace KmsTools;

/// <content>The store.</content>
public sealed partial class KmsEngine
{
    /// <summary>The folder of the store. Of a shared store: the folder for what only this machine has.</summary>
    public string Folder => Store.Folder;

    /// <summary>Whether the store is deleted when the engine is disposed.</summary>
    public bool IsTemporary => Store.IsTemporary;
}

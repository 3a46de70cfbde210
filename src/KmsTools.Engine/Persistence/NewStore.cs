using KmsTools.Validation;

namespace KmsTools.Persistence;

/// <summary>What a user is told of a store that did not exist before it was opened.</summary>
public static class NewStore
{
    private const int MaxNameLength = 300;

    /// <summary>
    /// The warning to give once a store was created in a folder; null if there is one already, or none beside it has a similar name.
    /// </summary>
    /// <param name="folder">The full path of the folder.</param>
    public static string? Warning(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        string path = Path.TrimEndingDirectorySeparator(folder);
        if (DefaultStore.IsStore(path) || Path.GetDirectoryName(path) is not { } parent)
        {
            return null;
        }

        try
        {
            string name = Path.GetFileName(path);
            string? nearest = name.Length > MaxNameLength ? null : NearestText.Find(name, Stores(parent));
            return nearest is null
                ? null
                : $"There was no store in '{path}', so a new one was created. Did you mean '{Path.Combine(parent, nearest)}'?";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store can be opened although what is beside it cannot be listed.
            return null;
        }
    }

    private static IEnumerable<string> Stores(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Where(DefaultStore.IsStore).Select(static store => Path.GetFileName(store))
            : [];
}

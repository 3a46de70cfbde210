using System.Text;

namespace KmsTools.Operations;

/// <summary>
/// The marker between the pages of a listing: the name of the listing and the last item shown, in base64. Opaque to users.
/// </summary>
internal static class Marker
{
    /// <summary>Creates the marker that continues after an item.</summary>
    public static string After(string operation, string item) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{operation}\n{item}"));

    /// <summary>Reads a marker.</summary>
    /// <returns>The item to continue after, or null for the first page.</returns>
    /// <exception cref="KmsException">InvalidMarkerException: the marker is not from this listing.</exception>
    public static string? Read(string operation, string? marker)
    {
        if (marker is null)
        {
            return null;
        }

        byte[] bytes = new byte[marker.Length];
        if (!Convert.TryFromBase64String(marker, bytes, out int length))
        {
            throw KmsErrors.InvalidMarker();
        }

        string[] parts = Encoding.UTF8.GetString(bytes, 0, length).Split('\n', 2);
        return parts.Length == 2 && parts[0] == operation ? parts[1] : throw KmsErrors.InvalidMarker();
    }
}

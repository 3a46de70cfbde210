using System.Globalization;

namespace KmsTools.Endpoint;

/// <summary>
/// Warns on standard error when the disk of a store is nearly full: once it is full every call is refused, because no call can be recorded.
/// </summary>
internal sealed class DiskWatch(string folder, TextWriter errors)
{
    private const long MiB = 1024 * 1024;
    private const long MinRoom = 128 * MiB;

    private bool _hasWarned;

    /// <summary>Looks at the room on the disk, and warns once each time that it becomes too little.</summary>
    public void Look()
    {
        try
        {
            Look(new DriveInfo(folder).AvailableFreeSpace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A disk that does not answer is noticed by the calls.
        }
    }

    /// <summary>As <see cref="Look()"/>, of a number of bytes.</summary>
    internal void Look(long room)
    {
        if (room < MinRoom && !_hasWarned)
        {
            errors.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Warning: {room / MiB} MiB are left on the disk of '{folder}'. When it is full, all calls are refused: make room, or "
                    + $"bound the event log with Set-KmsEventLog."));
        }

        _hasWarned = room < MinRoom;
    }
}

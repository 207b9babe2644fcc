/* Cuts the power of an ext4 file system: what the kernel has not written yet is gone. `cut FOLDER`, as root. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* From the kernel's fs/ext4/ext4.h. */
#define EXT4_IOC_SHUTDOWN _IOR('X', 125, uint32_t)
#define EXT4_GOING_FLAGS_NOLOGFLUSH 2

int main(int count, char **arguments) {
    uint32_t how = EXT4_GOING_FLAGS_NOLOGFLUSH;
    int folder = count == 2 ? open(arguments[1], O_RDONLY) : -1;
    if (folder < 0 || ioctl(folder, EXT4_IOC_SHUTDOWN, &how) != 0) {
        perror("cut");
        return 1;
    }
    return 0;
}
